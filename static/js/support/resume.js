// The chat that was open on the page before this one is opened again (chat.js keeps that), once htmx has begun: it does so in a
// timer of its own, which may come after the page's load but before a timer that is set then.
if (sessionStorage.chat) {
  addEventListener("load", () => setTimeout(() => document.getElementById("chat-button")?.dispatchEvent(new Event("click"))));
}
