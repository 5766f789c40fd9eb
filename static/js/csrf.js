// The token is read from its cookie for each request: signing in again in another tab changes it, and a page that was
// open before must still be able to send.
export const csrfToken = () => document.cookie.match(/(?:^|; )(?:__Host-)?csrftoken=([^;]+)/)?.[1];

document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
  const token = csrfToken();
  if (!token) return;
  ctx.request.headers["X-CSRFToken"] = token;
  ctx.request.body.delete("csrfmiddlewaretoken"); // The one in the form, older perhaps, would count for more.
});

// What a page says by itself, beside htmx: silent whatever comes of it, and it may outlive the page (`keepalive`).
export function say(url, fields, options = {}) {
  const headers = { "X-CSRFToken": csrfToken() ?? "", "HX-Request": "true" };
  return fetch(url, { method: "POST", headers, body: new URLSearchParams(fields), ...options }).catch(() => null);
}
