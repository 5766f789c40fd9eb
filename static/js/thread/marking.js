// The words of a search, marked in the message that it led to. The text itself isn't touched: messages stay as they came.
// What a word is, and what matches, is told as in apps/conversations/fulltext/words.py.
const WORD = /[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]|(?:(?![\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff])[\p{L}\p{N}]\p{M}*)+/gu;
const PIECE = /((?<!\S)-)?(?:"([^"]*)(?:"|$)|([^\s"]+))/gu;

const fold = (text) => text.toLowerCase().normalize("NFD").replace(/[\u0300-\u036f]/gu, "").normalize("NFC");
const words = (text) => [...text.matchAll(WORD)].map((match) => ({ start: match.index, end: match.index + match[0].length, text: fold(match[0]) }));

function terms(query) {
  return [...query.matchAll(PIECE)].filter(([, not]) => !not).map((piece) => {
    const wanted = words(piece[2] ?? piece[3]).map(({ text }) => text);
    const last = piece[3] !== undefined && piece.index + piece[0].length === query.length;
    return { wanted, prefix: last && wanted.at(-1)?.length >= 2 };
  }).filter(({ wanted }) => wanted.length);
}

export function matches(text, query) {
  const here = words(text);
  return terms(query).flatMap(({ wanted, prefix }) => here.flatMap((first, place) => {
    const agrees = wanted.every((word, i) => {
      const found = here[place + i]?.text;
      return found === word || (prefix && i === wanted.length - 1 && found?.startsWith(word));
    });
    return agrees ? [[first.start, here[place + wanted.length - 1].end]] : [];
  }));
}

function range(nodes, [start, end]) {
  const found = new Range();
  for (const { node, from } of nodes) {
    const to = from + node.length;
    if (start >= from && start < to) found.setStart(node, start - from);
    if (end > from && end <= to) found.setEnd(node, end - from);
  }
  return found;
}

let wanted; // The message that is awaited, and the words to mark in it.

function apply() {
  const body = wanted && document.querySelector(`#message-${Number(wanted.id)} [data-message-body]`);
  if (!body) return;
  const walker = document.createTreeWalker(body, NodeFilter.SHOW_TEXT);
  const nodes = [];
  let text = "";
  while (walker.nextNode()) {
    nodes.push({ node: walker.currentNode, from: text.length });
    text += walker.currentNode.data;
  }
  CSS.highlights.set("found", new Highlight(...matches(text, wanted.query).map((place) => range(nodes, place))));
}

export function mark(id, query) {
  if (!CSS.highlights) return;
  wanted = { id, query };
  apply();
}

document.addEventListener("htmx:after:swap", apply);

const { searchParams, hash } = new URL(location.href);
if (searchParams.has("q") && hash.startsWith("#message-")) mark(hash.slice("#message-".length), searchParams.get("q"));
