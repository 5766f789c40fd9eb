// A picture opens large in its page (pictures.js, loaded by the first click); with a key held, or where that can't be loaded,
// it is a link like any other.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("[data-picture]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  import("./pictures.js").then(({ open }) => open(link), () => location.assign(link.href));
});
