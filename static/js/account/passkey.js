// Passkeys: the browser's part (https://www.w3.org/TR/webauthn-3/).
//   <form data-passkey="create|get" data-options="…">   options of navigator.credentials, bytes as base64url
//   <form data-passkey="get" data-from="/challenge/">    asks for its options when they are needed
// The answer goes with the form, in its field `credential`. What went wrong is said in [data-passkey-said]. The form's
// button comes disabled: before this is here there is no answer to send.

const SAID = {
  NotAllowedError: "Nothing happened: it was cancelled, or took too long. Try again.",
  InvalidStateError: "This device has a passkey for your account already.",
  SecurityError: "Passkeys don't work at this address.",
  NotSupportedError: "This device can't make such a passkey.",
  ConstraintError: "This key has no PIN or fingerprint. Set one up on it first, or use it after the password only.",
};
// They belong to a name: an IP address can't have any.
const possible = Boolean(window.PublicKeyCredential) && !/^[\d.]+$|:/.test(location.hostname);

// What is waiting for a choice among the suggestions of a field; a second question can't be put beside it.
let waiting;

function bytes(text) {
  const padded = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(padded, (sign) => sign.charCodeAt(0));
}

function text(buffer) {
  const signs = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
  return btoa(signs).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

const known = (list = []) => list.map((one) => ({ ...one, id: bytes(one.id) }));

function question(options, alone) {
  const publicKey = { ...options, challenge: bytes(options.challenge) };
  if (options.user) publicKey.user = { ...options.user, id: bytes(options.user.id) };
  if (options.excludeCredentials) publicKey.excludeCredentials = known(options.excludeCredentials);
  if (options.allowCredentials) publicKey.allowCredentials = known(options.allowCredentials);
  if (alone) {
    const wanted = { residentKey: "required", requireResidentKey: true, userVerification: "required" };
    publicKey.authenticatorSelection = { ...options.authenticatorSelection, ...wanted };
  }
  return publicKey;
}

// As PublicKeyCredential.toJSON() has it, which what password managers put in its place doesn't always know.
function answer(credential) {
  const response = {};
  for (const part of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[part]) response[part] = text(credential.response[part]);
  }
  if (credential.response.getTransports) response.transports = credential.response.getTransports();
  return JSON.stringify({
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment ?? null,
    clientExtensionResults: credential.getClientExtensionResults(),
    response,
  });
}

function say(form, words) {
  const place = form.querySelector("[data-passkey-said]");
  place.querySelector("span").textContent = words;
  place.hidden = !words;
}

async function optionsFor(form) {
  if (form.dataset.options) return JSON.parse(form.dataset.options);
  const response = await fetch(form.dataset.from, { headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error(response.status);
  return (await response.json()).request_options.publicKey;
}

async function ask(form) {
  waiting?.abort();
  const button = form.querySelector("button[type=submit]");
  const alone = form.querySelector("[data-passkey-alone]");
  say(form, "");
  button.disabled = true;
  try {
    const publicKey = question(await optionsFor(form), alone && (alone.checked || alone.type === "hidden"));
    const credential = await navigator.credentials[form.dataset.passkey]({ publicKey });
    form.elements.credential.value = answer(credential);
    form.submit();
  } catch (error) {
    button.disabled = false;
    say(form, SAID[error.name] ?? "That didn't work. Try again.");
  }
}

// Offers passkeys among the suggestions of the field for the e-mail address, where the browser can.
async function suggest(form) {
  const mine = (waiting = new AbortController());
  if (!(await PublicKeyCredential.isConditionalMediationAvailable?.()) || mine.signal.aborted) return;
  try {
    const publicKey = question(await optionsFor(form));
    const credential = await navigator.credentials.get({ publicKey, mediation: "conditional", signal: mine.signal });
    form.elements.credential.value = answer(credential);
    form.submit();
  } catch {
    // Nobody asked for it: the password and the button are there.
  }
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (possible) {
    form.addEventListener("submit", (event) => { event.preventDefault(); ask(form); });
    form.querySelector("button[type=submit]").disabled = false;
  }
  if (possible && form.hidden) {
    form.hidden = false;
    suggest(form);
  } else if (!possible && !form.hidden) {
    say(form, "This browser doesn't know passkeys here. They need a newer one, and a connection by https.");
  }
}
