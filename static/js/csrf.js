// The token is read from its cookie for each request: signing in again in another tab changes it, and a page that was
// open before must still be able to send.
document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
  const token = document.cookie.match(/(?:^|; )(?:__Host-)?csrftoken=([^;]+)/)?.[1];
  if (!token) return;
  ctx.request.headers["X-CSRFToken"] = token;
  ctx.request.body.delete("csrfmiddlewaretoken"); // The one in the form, older perhaps, would count for more.
});
