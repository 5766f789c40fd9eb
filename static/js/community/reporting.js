// Leads from a message to the form that reports, hides or removes it. Nobody does this to what they wrote themselves.
const VIEWER = document.documentElement.dataset.viewer;

// What is left of one's own post leads to the reason; only others put it back.
const sheet = new CSSStyleSheet();
sheet.replaceSync(`[data-author="${Number(VIEWER)}"] .tombstone {
  & .tombstone-author { display: inline; }
  & .tombstone-moderator { display: none; }
}`);
document.adoptedStyleSheets.push(sheet);

const messageOf = (tools) => document.getElementById(tools.dataset.message);

document.addEventListener("click", ({ target }) => {
  const button = target.closest?.("[data-report]");
  const message = button && messageOf(button.closest("[data-tools]"));
  if (message) location.assign(button.dataset.report.replace("/0/", `/${message.id.replace("message-", "")}/`));
});

function offered({ dataset: { right } }, message) {
  const rights = message.closest(".thread")?.querySelector(".thread-foot")?.dataset.rights.split(" ") ?? [];
  return message.dataset.author !== VIEWER && (!right || rights.includes(right));
}

function follow(tools) {
  const offer = () => {
    const message = messageOf(tools);
    for (const button of tools.querySelectorAll("[data-report]")) button.hidden = !message || !offered(button, message);
  };
  new MutationObserver(offer).observe(tools, { attributeFilter: ["data-message"] });
  offer();
}

for (const tools of new Set([...document.querySelectorAll("[data-report]")].map((button) => button.closest("[data-tools]")))) follow(tools);
