// Leads from a message to the form that reports it. Nobody reports what they wrote themselves.
const VIEWER = document.documentElement.dataset.viewer;
const messageOf = (tools) => document.getElementById(tools.dataset.message);

document.addEventListener("click", ({ target }) => {
  const button = target.closest?.("[data-report]");
  const message = button && messageOf(button.closest("[data-tools]"));
  if (message) location.assign(button.dataset.report.replace("/0/", `/${message.id.replace("message-", "")}/`));
});

function follow(tools) {
  const offer = () => { tools.querySelector("[data-report]").hidden = messageOf(tools)?.dataset.author === VIEWER; };
  new MutationObserver(offer).observe(tools, { attributeFilter: ["data-message"] });
  offer();
}

for (const button of document.querySelectorAll("[data-report]")) follow(button.closest("[data-tools]"));
