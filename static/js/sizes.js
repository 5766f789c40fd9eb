// What can be said of a file before it is sent. The server looks at what is in it, and has the last word.
import { LOCALE } from "./viewer.js";

const PICTURE = /\.(jpe?g|png|webp|gif|hei[cf]|svg)$/i; // Not every browser knows what a HEIC is.

export function sizeOf(bytes) {
  const units = ["B", "KB", "MB", "GB"];
  const power = bytes < 1000 ? 0 : Math.min(3, Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1000 ** power).toLocaleString(LOCALE, { maximumFractionDigits: power ? 1 : 0 })} ${units[power]}`;
}

// Where text may be sent, so may what is text under an ending of its own: only what is in it tells.
export function isOfKind({ name, type }, accept) {
  const kinds = accept.toLowerCase().split(",");
  return kinds.some((kind) => (kind === "image/*" ? type.startsWith("image/") || PICTURE.test(name) : name.toLowerCase().endsWith(kind)))
    || (kinds.includes(".txt") && (!type || type.startsWith("text/")));
}

// Why a file would be refused; empty for one that can be sent.
export function refusalOf(file, { accept, limit, refusal }) {
  if (!file.size) return "This file is empty.";
  if (file.size > limit) return `This file is too large: ${sizeOf(limit)} at most.`;
  return isOfKind(file, accept) ? "" : refusal;
}
