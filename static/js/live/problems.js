// A request that someone made and that came to nothing is told: a button that does nothing is worse than one that says no.
// What a page asks by itself stays silent; #live-status says how that goes, and unsent messages speak for themselves.
const LOST = "Homeroom can't be reached. What you typed is still here; try again in a moment.";
const BROKEN = "Something broke on our side. What you typed is still here; try again in a moment.";

function tell(...words) {
  const toasts = document.getElementById("toasts");
  const template = document.getElementById("problem-toast");
  if (!toasts || !template) return;
  toasts.querySelector("[data-problem]")?.remove();
  const toast = template.content.firstElementChild.cloneNode(true);
  toast.querySelector("p").append(...words);
  toast.toggleAttribute("data-lost", words[0] === LOST);
  toasts.append(toast);
}

// Where no request of htmx's was made.
export const tellLost = () => tell(LOST);

// A form that says for itself what went wrong asks with `quiet`.
const asked = ({ item, quiet, sourceElement }) => !item && !quiet && sourceElement && !sourceElement.closest("#stream, .thread-older, .thread-find")
  && !("channels" in sourceElement.dataset || "live" in sourceElement.dataset);

document.addEventListener("htmx:error", ({ detail: { ctx } }) => { if (ctx?.request && asked(ctx)) tell(LOST); });

// It can be reached again: nobody has to be told otherwise.
document.addEventListener("stream-open", () => document.querySelector("#toasts [data-lost]")?.remove());

// Where the answer has no place on the page, it is told here; who was signed out gets the link that it brings.
document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
  const status = ctx.response?.status ?? 0;
  // Being signed out is told for what asks by itself, too.
  if (status < 400 || ctx.swap !== "none" || !(asked(ctx) || (status === 401 && "live" in ctx.sourceElement.dataset))) return;
  if (status >= 500) return tell(BROKEN);
  const { body } = new DOMParser().parseFromString(ctx.text, "text/html");
  tell(...(status === 401 ? body.childNodes : [body.textContent.trim()]));
});
