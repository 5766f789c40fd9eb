// The chat that was open on the page before this one is opened again (chat.js keeps that).
if (sessionStorage.chat) addEventListener("load", () => document.getElementById("chat-button")?.dispatchEvent(new Event("click")));
