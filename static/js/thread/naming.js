// "@" and the first letters of a name offer who can be mentioned: arrows choose, Enter or Tab takes, Escape closes. And
// who is named in a message that they may not read is pointed out before it is sent. Loaded by mentions.js.

const PAUSE_MS = 120;
const CHECK_MS = 300;
const MAX_CHECKED = 5;
const MAX_NAMES = 10;
const MAX_NAME = 80;
// As on the server (mentions.py): at the beginning of a word, and not in an address.
const TYPED = /(?:^|[^\p{L}\p{N}_.@/]|[\u3040-\u30ff\u3400-\u9fff])@([\p{L}\p{N}'’][\p{L}\p{M}\p{N}'’ -]{0,60})$/u;
const NAMED = /(?:^|[^\p{L}\p{N}_.@/]|[\u3040-\u30ff\u3400-\u9fff])@([\p{L}\p{N}][\p{L}\p{M}\p{N}]*)/gu;

const answers = new Map(); // What the server said, by what was asked.
let lists = 0;

async function ask(thread, query) {
  const url = `${thread.dataset.people}?${new URLSearchParams(query)}`;
  if (!answers.has(url)) {
    const answer = await fetch(url, { headers: { "HX-Request": "true" } }).catch(() => undefined);
    if (!answer?.ok) return []; // A help that doesn't come is none to complain about.
    answers.set(url, await answer.text());
  }
  return [...new DOMParser().parseFromString(answers.get(url), "text/html").querySelectorAll("[role=option]")];
}

export function complete(thread, form, area, { audienceOf }) {
  const list = document.createElement("ul");
  list.className = "mention-list";
  list.id = `mention-list-${lists += 1}`;
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.ariaLabel = "People";
  form.prepend(list);
  let begin = -1; // Where the name begins that is being completed.
  let barren; // Nobody's name begins like this: more letters won't help.
  let timer;

  const chosen = () => list.querySelector("[aria-selected=true]");

  function close() {
    clearTimeout(timer);
    list.hidden = true;
    for (const name of ["role", "aria-expanded", "aria-controls", "aria-haspopup", "aria-activedescendant", "aria-autocomplete"]) {
      area.removeAttribute(name);
    }
  }

  function choose(option) {
    chosen()?.setAttribute("aria-selected", "false");
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    area.setAttribute("aria-activedescendant", option.id);
  }

  function open(options) {
    list.replaceChildren(...options.map((option, number) => {
      option.id = `${list.id}-${number}`;
      return option;
    }));
    list.hidden = false;
    const state = { role: "combobox", "aria-expanded": "true", "aria-controls": list.id, "aria-haspopup": "listbox", "aria-autocomplete": "list" };
    for (const [name, value] of Object.entries(state)) area.setAttribute(name, value);
    choose(options[0]);
  }

  function insert(option) {
    const end = area.selectionStart;
    close();
    area.setRangeText(`@${option.dataset.name} `, begin - 1, end, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
    close();
  }

  const typed = () => area.value.slice(0, area.selectionStart).match(TYPED);

  async function look() {
    const match = typed();
    if (!match || area.selectionStart !== area.selectionEnd) return close();
    const name = match[1];
    begin = area.selectionStart - name.length;
    if (barren?.begin === begin && name.startsWith(barren.name)) return close();
    const options = await ask(thread, { q: name, audience: audienceOf(form) });
    if (typed()?.[1] !== name || document.activeElement !== area) return; // Meanwhile more was typed.
    // A name that stands there in full has nothing left to complete.
    if (!options.length) barren = { begin, name };
    if (!options.length || name.endsWith(" ")) return close();
    open(options);
  }

  area.addEventListener("input", () => {
    clearTimeout(timer);
    if (typed()) timer = setTimeout(look, PAUSE_MS);
    else close();
  });
  area.addEventListener("blur", close);
  area.addEventListener("click", () => { if (!typed()) close(); });

  const step = (by) => {
    const all = [...list.children];
    choose(all[(all.indexOf(chosen()) + by + all.length) % all.length]);
  };
  const keys = {
    ArrowDown: () => step(1),
    ArrowUp: () => step(-1),
    Enter: () => insert(chosen()),
    Tab: () => insert(chosen()),
    Escape: close,
  };
  // Before anybody else hears of the key: here Enter doesn't send, and Escape closes no drawer.
  area.addEventListener("keydown", (event) => {
    if (list.hidden || event.isComposing || event.shiftKey || !keys[event.key]) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    keys[event.key]();
  }, { capture: true });

  // The field keeps the focus, so that a telephone keeps its keyboard.
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  list.addEventListener("click", ({ target }) => { if (target.closest("[role=option]")) insert(target.closest("[role=option]")); });
}

// Names that reach nobody here. What the line says is sent along: whoever sends has been asked.
export function doubt(thread, form, area, { audienceOf }) {
  const line = form.querySelector(".composer-warning");
  let timer;

  async function check() {
    const text = area.value;
    const names = [...text.matchAll(NAMED)].slice(0, MAX_NAMES).map((match) => {
      const begin = match.index + match[0].lastIndexOf("@") + 1;
      return text.slice(begin, begin + MAX_NAME).split(/[@\n]/)[0];
    });
    let said = "";
    if (names.length && !("editing" in form.dataset)) {
      const query = new URLSearchParams([["audience", audienceOf(form)], ...names.map((name) => ["names", name])]);
      const answer = await fetch(`${thread.dataset.people}?${query}`, { headers: { "HX-Request": "true" } }).catch(() => undefined);
      said = answer?.ok ? (await answer.text()).trim() : "";
    }
    if (area.value !== text) return;
    const found = new DOMParser().parseFromString(said, "text/html").querySelector(".unknown-names");
    if (found?.textContent === line.textContent) return;
    line.replaceChildren(...(found ? [found, asked()] : []));
  }

  function asked() {
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name: "anyway", value: "1" });
    return field;
  }

  const soon = () => { clearTimeout(timer); timer = setTimeout(check, CHECK_MS); };
  area.addEventListener("input", () => { if (line.firstChild || area.value.includes("@")) soon(); });
  form.addEventListener("composer:sent", () => { clearTimeout(timer); line.replaceChildren(); });
}

// Who is named in a team note and doesn't read it; and whether somebody of the team is named in what the student reads.
export function warn(thread, form, area, { audienceOf, choose }) {
  const line = form.querySelector(".composer-warning");
  const fold = (text) => text.normalize("NFC").toLowerCase();
  const wordsOf = (name) => fold(name).split(/[\s'’-]+/);
  let timer;

  async function named(query) {
    const text = fold(area.value);
    const found = { full: new Set(), part: new Set() };
    for (const q of new Set([...area.value.matchAll(NAMED)].slice(0, MAX_CHECKED).map((match) => match[1]))) {
      for (const { dataset: { name } } of await ask(thread, { q, ...query })) {
        if (text.includes(`@${fold(name)}`)) found.full.add(name);
        else if (wordsOf(name).includes(fold(q))) found.part.add(fold(q));
      }
    }
    return found;
  }

  const outside = () => named({ audience: "everyone", beyond: "staff" });

  async function warning() {
    const names = [...(await outside()).full].join(", ");
    return names && `${names} can’t read a team note, and won’t be told.`;
  }

  // "@Jon" alone tells nobody, but means somebody: a colleague, unless the student is called so.
  async function overheard() {
    const [team, others] = [await named({ audience: "staff" }), await outside()];
    const student = new Set([...others.part, ...[...others.full].flatMap(wordsOf)]);
    if (!team.full.size && [...team.part].every((word) => student.has(word))) return "";
    return line.querySelector("[data-make-note]") ?? form.querySelector("template[data-overheard]").content.cloneNode(true);
  }

  async function check() {
    const [audience, text] = [audienceOf(form), area.value];
    const some = text.includes("@") && !("editing" in form.dataset);
    const said = some ? await (audience === "staff" ? warning() : overheard()) : "";
    if (audienceOf(form) !== audience || area.value !== text) return;
    const isThere = typeof said === "string" ? line.textContent === said : line.contains(said);
    if (!isThere) line.replaceChildren(said);
  }

  function makeNote() {
    line.replaceChildren();
    choose(form, "staff");
    area.focus();
  }

  const soon = (pause) => { clearTimeout(timer); timer = setTimeout(check, pause); };
  line.addEventListener("click", ({ target }) => { if (target.closest("[data-make-note]")) makeNote(); });
  form.addEventListener("keydown", (event) => {
    if (event.key !== "F2" || !line.querySelector("[data-make-note]")) return;
    event.preventDefault();
    makeNote();
  });
  area.addEventListener("input", () => { if (line.textContent || area.value.includes("@")) soon(CHECK_MS); });
  form.addEventListener("change", ({ target }) => { if (target.name === "audience") soon(0); });
  form.addEventListener("composer:sent", () => soon(0));
  if (area.value.includes("@")) soon(0);
}
