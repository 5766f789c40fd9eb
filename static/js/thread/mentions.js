// Names are completed and checked from the first "@" on (naming.js): whoever names nobody doesn't load what does that.
import { audienceOf, choose } from "./audience.js";
import { register } from "./lifecycle.js";

function complete(thread, form) {
  const area = form.querySelector("textarea");
  let naming;

  async function begin() {
    if (naming || !area.value.includes("@")) return;
    naming = import("./naming.js");
    try {
      const module = await naming;
      area.removeEventListener("input", begin);
      // Handed over: imported there, they would be bundled a second time.
      const audience = { audienceOf, choose };
      module.complete(thread, form, area, audience);
      if (form.elements.namedItem("audience")) module.warn(thread, form, area, audience);
      if (form.querySelector("[data-names]")) module.doubt(thread, form, area, audience);
      area.dispatchEvent(new Event("input"));
    } catch {
      naming = undefined; // Not reached; the next letter tries again.
    }
  }

  area.addEventListener("input", begin);
  begin();
}

register({
  foot(thread, foot) {
    const form = foot.querySelector(".composer");
    if (form) complete(thread, form);
  },
});
