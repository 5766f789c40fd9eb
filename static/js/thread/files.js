// Files in the composer: chosen, dropped or pasted, they go up at once and each has a chip that says how that goes.
// Sending waits for them.
import { complain } from "./drafts.js";
import { register } from "./lifecycle.js";
import { discard, upload } from "./upload.js";
import { refusalOf, sizeOf } from "../sizes.js";

const IMAGE = /^image\/(jpeg|png|webp|gif|avif|bmp)$/; // What browsers show; HEIC is not among it.

const chipsOf = new WeakMap(); // Composer to its chips, in their order.
const known = new Map(); // The server's id of a file that went up from this page to what it was: name, size, type, picture.

const element = (name, classes, ...children) => {
  const made = document.createElement(name);
  made.className = classes;
  made.append(...children);
  return made;
};

function button(word, label, action) {
  const made = element("button", "file-chip-button");
  made.type = "button";
  made.textContent = word;
  made.ariaLabel = label;
  made.addEventListener("click", action);
  return made;
}

class Chip {
  constructor(composer, url, file) {
    this.composer = composer;
    this.url = url;
    this.file = file;
    this.bar = element("progress", "file-chip-progress");
    this.bar.max = 1;
    this.bar.value = 0;
    this.bar.ariaLabel = `Uploading ${file.name}`;
    this.state = element("span", "file-chip-state");
    this.state.role = "status";
    this.picture = file.picture ?? (IMAGE.test(file.type) ? URL.createObjectURL(file) : "");
    const kind = element("span", "file-chip-kind", file.name.match(/\.(\w{1,4})$/)?.[1] ?? "file");
    const face = this.picture ? element("img", "file-chip-picture") : kind;
    if (this.picture) {
      face.addEventListener("error", () => face.replaceWith(kind)); // It only calls itself a picture.
      Object.assign(face, { src: this.picture, alt: "" });
    }
    this.percent = element("span", "file-chip-percent");
    this.percent.ariaHidden = "true"; // The bar says it.
    this.cross = button("×", "", () => this.remove());
    this.cross.classList.add("file-chip-remove");
    this.element = element("li", "file-chip", face, element("span", "file-chip-name", file.name), this.state, this.bar, this.cross);
  }

  // One after the other: so they stay in the order in which they were chosen.
  start() {
    this.reason = "";
    this.bar.value = 0;
    this.set("uploading", sizeOf(this.file.size));
    next(this.composer);
  }

  begin() {
    this.begun = true;
    this.cancel = upload(this.url, this.file, {
      progress: (part) => {
        this.bar.value = part;
        this.percent.textContent = `${Math.floor(100 * part)} % of `;
      },
      done: (stored) => this.stored(stored),
      failed: (reason, again) => this.fail(reason, again),
    });
  }

  set(state, text) {
    this.element.dataset.state = state;
    this.percent.textContent = "";
    this.state.replaceChildren(this.percent, text);
    this.bar.hidden = state !== "uploading";
    this.cross.title = state === "uploading" ? "Cancel" : "Remove";
    this.cross.ariaLabel = state === "uploading" ? `Cancel the upload of ${this.file.name}` : `Remove ${this.file.name}`;
  }

  stored({ id, size }) {
    this.begun = false;
    this.id = id;
    const { name, type } = this.file;
    known.set(String(id), { name, size, type, picture: this.picture });
    const field = element("input", "");
    Object.assign(field, { type: "hidden", name: "attachments", value: id });
    this.element.append(field);
    this.set("stored", size ? sizeOf(size) : "");
    settle(this.composer);
  }

  fail(reason, again) {
    this.begun = false;
    this.reason = reason;
    this.set("failed", reason);
    if (again) {
      this.state.append(" ", button("Try again", `Try again to upload ${this.file.name}`, () => this.start()));
    }
    settle(this.composer);
  }

  remove() {
    this.cancel?.();
    if (this.id) discard(`${this.url}${this.id}/`);
    this.drop();
    if (this.picture) URL.revokeObjectURL(this.picture);
    known.delete(String(this.id));
    settle(this.composer);
    this.composer.querySelector("textarea").focus({ preventScroll: true });
  }

  // Out of the composer, with the file left where it is.
  drop() {
    this.element.remove();
    const chips = chipsOf.get(this.composer);
    chips.splice(chips.indexOf(this), 1);
  }
}

function next(composer) {
  const chips = chipsOf.get(composer);
  if (chips.some((chip) => chip.begun)) return;
  chips.find((chip) => chip.element.dataset.state === "uploading")?.begin();
}

const count = (number) => (number === 1 ? "One file" : `${number} files`);

// Who pressed Send before all was there meant it: it goes as soon as all is.
function settle(composer) {
  const chips = chipsOf.get(composer);
  composer.querySelector("[data-files]").hidden = !chips.length;
  next(composer);
  if (!("waiting" in composer.dataset)) return;
  const under = chips.filter((chip) => chip.element.dataset.state === "uploading").length;
  const thread = composer.closest(".thread");
  if (under) return complain(thread, `${count(under)} ${under === 1 ? "is" : "are"} still uploading…`);
  delete composer.dataset.waiting;
  complain(thread, "");
  composer.requestSubmit();
}

function add(composer, files) {
  const { attach, maxFiles, maxBytes, refusal } = composer.querySelector("[data-attach]").dataset;
  const { accept } = composer.querySelector("[data-attach] input");
  const chips = chipsOf.get(composer);
  const thread = composer.closest(".thread");
  complain(thread, "");
  for (const file of files) {
    if (chips.length >= Number(maxFiles)) {
      complain(thread, `A message has room for ${maxFiles} files.`);
      break;
    }
    const chip = new Chip(composer, attach, file);
    chips.push(chip);
    composer.querySelector("[data-files] ul").append(chip.element);
    const why = refusalOf(file, { accept, limit: Number(maxBytes), refusal });
    if (why) chip.fail(why, false);
    else chip.start();
  }
  settle(composer);
  composer.querySelector("textarea").focus({ preventScroll: true });
}

// What wasn't sent after all comes back with its files: those that this page knows by name, others as what they are.
function putBack(composer, fields) {
  const chips = chipsOf.get(composer);
  for (const [name, id] of fields ?? []) {
    if (name !== "attachments" || chips.some((chip) => String(chip.id) === String(id))) continue;
    const file = known.get(String(id)) ?? { name: "File", size: 0, type: "" };
    const chip = new Chip(composer, composer.querySelector("[data-attach]").dataset.attach, file);
    chips.push(chip);
    composer.querySelector("[data-files] ul").append(chip.element);
    chip.stored({ id, size: file.size });
  }
}

// Another composer takes this one's place: what is up goes along, what was on its way begins anew.
function takeOver(composer, from) {
  for (const { id, cancel, file } of chipsOf.get(from) ?? []) {
    if (id) putBack(composer, [["attachments", id]]);
    else {
      cancel?.();
      add(composer, [file]);
    }
  }
}

// What the clipboard calls image.png says nothing; when it was pasted does.
function named(file) {
  if (!/^image\.\w+$/.test(file.name)) return file;
  const now = new Date(Date.now() - new Date().getTimezoneOffset() * 60_000).toISOString();
  return new File([file], `Pasted ${now.slice(0, 10)} ${now.slice(11, 19).replaceAll(":", ".")}.${file.name.split(".").pop()}`, { type: file.type });
}

// The bubble of a message under way shows what the composer showed.
function carryOver(thread, chips) {
  const message = thread.querySelector(".thread-pending")?.lastElementChild;
  const sent = chips.filter((chip) => chip.id);
  if (!message || !sent.length || message.querySelector(".message-files")) return;
  const list = element("ul", "message-files");
  for (const chip of sent) list.append(element("li", "", element("span", "message-file", chip.element.firstElementChild.cloneNode(true), element("span", "message-file-name", chip.file.name))));
  message.querySelector(".message-state").before(list);
}

function equip(composer, thread) {
  const input = composer.querySelector("[data-attach] input");
  if (!input) return;
  chipsOf.set(composer, []);
  input.removeAttribute("name"); // Files don't go out with the form, their ids do.
  const shelf = composer.querySelector("[data-files]");
  const list = element("ul", "file-chips");
  list.ariaLabel = "Files to send";
  shelf.append(list);
  shelf.hidden = true;
  input.addEventListener("change", () => {
    add(composer, [...input.files]);
    input.value = "";
  });
  composer.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    // A piece of a document comes as text and as a picture of it: text was meant.
    if (!files.length || event.clipboardData.types.includes("text/plain")) return;
    event.preventDefault();
    add(composer, files.map(named));
  });
  composer.addEventListener("composer:submit", (event) => {
    const chips = chipsOf.get(composer);
    const failed = chips.filter((chip) => chip.reason).length;
    if (failed) {
      event.preventDefault();
      complain(thread, `${count(failed)} couldn't be uploaded: try again, or remove ${failed === 1 ? "it" : "them"}.`);
    } else if (chips.some((chip) => !chip.id)) {
      event.preventDefault();
      composer.dataset.waiting = "";
      settle(composer);
    }
  });
  composer.addEventListener("composer:restore", ({ detail }) => putBack(composer, detail.fields));
  composer.addEventListener("composer:replace", ({ detail }) => takeOver(composer, detail));
  composer.addEventListener("composer:sent", () => {
    const chips = chipsOf.get(composer);
    carryOver(thread, chips);
    for (const chip of [...chips]) chip.drop();
    settle(composer);
  });
}

const bringsFiles = (event) => event.dataTransfer?.types.includes("Files");

// The whole thread takes what is dropped.
function watchDrops(thread) {
  let timer;
  const composer = () => thread.querySelector(".composer:has([data-attach])");
  // Leaving a child comes as often as leaving the thread; while something hovers, this event doesn't cease.
  thread.addEventListener("dragover", (event) => {
    if (!bringsFiles(event) || !composer()) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
    thread.dataset.dropping = "";
    clearTimeout(timer);
    timer = setTimeout(() => { delete thread.dataset.dropping; }, 500);
  });
  thread.addEventListener("drop", (event) => {
    if (!bringsFiles(event) || !composer()) return;
    event.preventDefault();
    clearTimeout(timer);
    delete thread.dataset.dropping;
    add(composer(), [...event.dataTransfer.files]);
  });
}

// What this page has sent it can show before the server can.
function lend(thread) {
  for (const waiting of thread.querySelectorAll(".message-picture-waiting")) {
    const picture = known.get(waiting.closest("[data-attachment]").dataset.attachment)?.picture;
    if (!picture || waiting.querySelector("image")) continue;
    const image = document.createElementNS("http://www.w3.org/2000/svg", "image");
    for (const [name, value] of Object.entries({ href: picture, width: "100%", height: "100%", preserveAspectRatio: "xMidYMid slice" })) image.setAttribute(name, value);
    waiting.append(image);
  }
}

// A file that misses a thread must not replace the page.
addEventListener("dragover", (event) => { if (bringsFiles(event) && !event.defaultPrevented) { event.preventDefault(); event.dataTransfer.dropEffect = "none"; } });
addEventListener("drop", (event) => { if (bringsFiles(event)) event.preventDefault(); });

addEventListener("beforeunload", (event) => {
  if (document.querySelector('.file-chip[data-state="uploading"]')) event.preventDefault();
});

register({
  connect(thread) {
    watchDrops(thread);
    lend(thread);
  },
  foot(thread, foot) {
    const composer = foot.querySelector(".composer");
    if (composer) equip(composer, thread);
  },
  added: lend,
});
