// Who is typing: said at the first key and then every two seconds at most, with how long ago the last key was, so that it
// is gone four seconds after that on every page. A message of theirs ends it at once.
import { say } from "../csrf.js";
import { register } from "./lifecycle.js";
import { VIEWER } from "../viewer.js";

const EVERY_MS = 2000;
const GONE_MS = 4000;

const typists = new WeakMap(); // Thread: who types there, by id: their name, and until when that is shown.
const spoke = new Map(); // Conversation and person: when their last message came. An event may be slower than that.

function follow(thread, form) {
  const area = form.querySelector("textarea[name=body]");
  let saidAt = 0;
  let keyAt = 0;
  let timer;
  const tell = () => {
    timer = undefined;
    saidAt = Date.now();
    const audience = new FormData(form).get("audience") ?? "";
    say(thread.dataset.typing, { audience, age: saidAt - keyAt });
  };
  const stop = () => { clearTimeout(timer); timer = undefined; saidAt = 0; };
  area.addEventListener("input", () => {
    if (!area.value.trim()) return stop();
    keyAt = Date.now();
    const wait = saidAt + EVERY_MS - keyAt;
    if (wait <= 0) tell();
    else timer ??= setTimeout(tell, wait);
    return undefined;
  });
  form.addEventListener("composer:sent", stop);
}

function words(names) {
  if (names.length > 2) return "Several people are typing…";
  return names.length === 2 ? `${names[0]} and ${names[1]} are typing…` : `${names[0]} is typing…`;
}

function show(thread) {
  const line = thread.querySelector(".thread-typing");
  const people = typists.get(thread);
  if (!line || !people) return;
  const now = Date.now();
  for (const [user, { until }] of people) if (until <= now) people.delete(user);
  line.hidden = !people.size;
  const text = people.size ? words([...people.values()].map(({ name }) => name)) : "";
  if (line.textContent !== text) line.textContent = text;
}

document.addEventListener("typing", ({ detail }) => {
  const { conversation, user, name, age } = JSON.parse(detail.data);
  const thread = document.querySelector(`.thread[data-conversation="${Number(conversation)}"][data-typing]`);
  const key = Date.now() - age;
  if (!thread || String(user) === VIEWER || key <= (spoke.get(`${conversation} ${user}`) ?? 0)) return;
  if (!typists.has(thread)) typists.set(thread, new Map());
  typists.get(thread).set(user, { name, until: key + GONE_MS });
  show(thread);
  setTimeout(show, GONE_MS - age + 10, thread);
});

register({
  foot(thread, foot) {
    const form = thread.dataset.typing && foot.querySelector(".composer");
    if (form) follow(thread, form);
  },
  added(thread, messages, fresh) {
    for (const { dataset } of fresh) {
      spoke.set(`${thread.dataset.conversation} ${dataset.author}`, Date.now());
      typists.get(thread)?.delete(Number(dataset.author));
    }
    show(thread);
  },
});
