// "/" at the beginning of an answer finds canned ones by their words: arrows choose, Enter or Tab inserts, Escape closes. What
// is inserted comes from the server with its variables filled in; one that is left stops the sending and is selected.
const PAUSE_MS = 120;
const TYPED = /^\/([^\n]{0,60})$/u;
const LEFT = /\{\{ [a-z_]+ \}\}/gu; // As the server leaves what it can't fill in.
const SELECTOR = "[data-canned] .composer textarea";
const STATE = { role: "combobox", "aria-expanded": "true", "aria-haspopup": "listbox", "aria-autocomplete": "list" };

let lists = 0;
const equipped = new WeakSet();

async function ask(area, q) {
  const { canned } = area.closest("[data-canned]").dataset;
  const answer = await fetch(`${canned}?${new URLSearchParams({ q })}`, { headers: { "HX-Request": "true" } }).catch(() => undefined);
  if (!answer?.ok) return []; // A help that doesn't come is none to complain about.
  return [...new DOMParser().parseFromString(await answer.text(), "text/html").querySelectorAll("[role=option]")];
}

// Selects the first of these that still stands in the text, and returns it.
function selectLeft(area, missing) {
  const left = missing.find((variable) => area.value.includes(variable));
  if (!left) return undefined;
  const begin = area.value.indexOf(left);
  area.focus();
  area.setSelectionRange(begin, begin + left.length);
  return left;
}

function equip(area) {
  const form = area.closest(".composer");
  const list = document.createElement("ul");
  list.className = "mention-list canned-list";
  list.id = `canned-list-${lists += 1}`;
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.ariaLabel = "Canned answers";
  form.prepend(list);
  let timer;
  let missing = []; // What was inserted without a value.

  const chosen = () => list.querySelector("[aria-selected=true]");
  const typed = () => area.value.match(TYPED)?.[1];

  function close() {
    clearTimeout(timer);
    if (list.hidden) return;
    list.hidden = true;
    for (const name of [...Object.keys(STATE), "aria-controls", "aria-activedescendant"]) area.removeAttribute(name);
  }

  function choose(option) {
    chosen()?.setAttribute("aria-selected", "false");
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    area.setAttribute("aria-activedescendant", option.id);
  }

  function open(options) {
    list.replaceChildren(...options.map((option, number) => Object.assign(option, { id: `${list.id}-${number}` })));
    list.hidden = false;
    for (const [name, value] of Object.entries({ ...STATE, "aria-controls": list.id })) area.setAttribute(name, value);
    choose(options[0]);
  }

  function insert(option) {
    close();
    if (option.dataset.use) htmx.ajax("POST", option.dataset.use, { source: form, target: form, swap: "none" });
    area.setRangeText(option.dataset.text, 0, area.value.length, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
    missing = area.value.match(LEFT) ?? [];
    selectLeft(area, missing);
  }

  async function look() {
    const words = typed();
    if (words === undefined) return close();
    const options = await ask(area, words);
    if (typed() !== words || document.activeElement !== area) return; // Meanwhile more was typed.
    if (options.length) open(options);
    else close();
  }

  area.addEventListener("input", () => {
    clearTimeout(timer);
    if (typed() === undefined) close();
    else timer = setTimeout(look, PAUSE_MS);
  });
  area.addEventListener("blur", close);

  const step = (by) => {
    const all = [...list.children];
    choose(all[(all.indexOf(chosen()) + by + all.length) % all.length]);
  };
  const keys = { ArrowDown: () => step(1), ArrowUp: () => step(-1), Enter: () => insert(chosen()), Tab: () => insert(chosen()), Escape: close };
  // Before anybody else hears of the key: here Enter doesn't send, and Escape closes nothing else.
  area.addEventListener("keydown", (event) => {
    if (list.hidden || event.isComposing || event.shiftKey || !keys[event.key]) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    keys[event.key]();
  }, { capture: true });
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  list.addEventListener("click", ({ target }) => { if (target.closest("[role=option]")) insert(target.closest("[role=option]")); });

  form.addEventListener("composer:submit", (event) => {
    const note = new FormData(form).get("audience") === "staff";
    const left = !note && selectLeft(area, missing);
    if (!left) return;
    event.preventDefault();
    form.querySelector(".composer-error").textContent = `${left} is still to be filled in: put the words there, or take it out.`;
  });
}

// A composer comes anew with what stands under the messages: it is equipped when it is first used.
document.addEventListener("focusin", ({ target }) => {
  if (!target.matches?.(SELECTOR) || equipped.has(target)) return;
  equipped.add(target);
  equip(target);
});
