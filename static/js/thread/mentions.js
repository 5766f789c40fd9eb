// Names are completed and checked from the first "@" on (naming.js): whoever names nobody doesn't load what does that.
import { eachThread } from "./messages.js";

eachThread((thread) => {
  const form = thread.querySelector(".composer");
  if (!form || "mentions" in form.dataset) return;
  form.dataset.mentions = "";
  const area = form.querySelector("textarea");
  let naming;

  async function begin() {
    if (naming || !area.value.includes("@")) return;
    naming = import("./naming.js");
    try {
      const { complete, warn } = await naming;
      area.removeEventListener("input", begin);
      complete(thread, form, area);
      if (form.elements.namedItem("audience")) warn(thread, form, area);
      area.dispatchEvent(new Event("input"));
    } catch {
      naming = undefined; // Not reached; the next letter tries again.
    }
  }

  area.addEventListener("input", begin);
  begin();
});
