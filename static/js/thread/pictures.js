// Pictures, large: the arrows lead through all that the thread shows, Escape or a click beside the picture leads back.
// Loaded by lightbox.js.
let box;
let pictures = [];
let at = 0;
let opener;

function show(index) {
  at = (index + pictures.length) % pictures.length;
  const { href, dataset } = pictures[at];
  const picture = box.querySelector(".lightbox-picture");
  // Another picture under this one's name, even for a moment, would be wrong.
  picture.removeAttribute("src");
  picture.src = href;
  picture.alt = dataset.name;
  box.querySelector(".lightbox-name").textContent = dataset.name;
  box.querySelector(".lightbox-place").textContent = pictures.length > 1 ? `${at + 1} of ${pictures.length}` : "";
  const save = box.querySelector("[data-lightbox-save]");
  save.href = href;
  save.download = dataset.name;
  for (const step of box.querySelectorAll("[data-step]")) step.hidden = pictures.length < 2;
}

function make() {
  box = document.querySelector("template[data-lightbox]").content.firstElementChild.cloneNode(true);
  document.body.append(box);
  box.addEventListener("click", ({ target }) => {
    const step = target.closest("[data-step]");
    if (step) show(at + Number(step.dataset.step));
    else if (target === box || target.closest("[data-lightbox-close]")) box.close();
  });
  box.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step) show(at + step);
    // What the page does at a key is not meant while this covers it.
    event.stopPropagation();
  });
  box.addEventListener("close", () => {
    box.querySelector(".lightbox-picture").removeAttribute("src");
    // Its message may have been replaced by a newer version.
    (opener.isConnected ? opener : document.querySelector(`[data-picture][href="${opener.getAttribute("href")}"]`))?.focus({ preventScroll: true });
  });
}

export function open(link) {
  if (!box) make();
  opener = link;
  pictures = [...(link.closest(".thread-messages") ?? link.closest(".message")).querySelectorAll("[data-picture]")];
  if (!box.open) box.showModal();
  show(pictures.indexOf(link));
}
