// Bundles the modules of static/js, one file for each kind of page, into theme/static/js/dist. Run by `npm run build`; the
// results are committed. With --watch it goes on doing so.
import { rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { context } from "esbuild";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const outdir = join(root, "theme", "static", "js", "dist");

// Every page of somebody who is signed in loads the first. The others are added by the pages that need them, and import
// what they share with it from there: bundled a second time, a module would listen twice.
const APP = "app.js";
const ADDED = ["lists.js", "settings.js", "refreshing.js", "looking.js", "printing.js", "passkey.js", "password.js"];

const appIsLoaded = {
  name: "app is loaded",
  setup({ onResolve }) {
    onResolve({ filter: /\/app\.js$/ }, ({ kind }) => (kind === "entry-point" ? undefined : { path: `./${APP}`, external: true }));
  },
};

rmSync(outdir, { recursive: true, force: true });
const bundles = await context({
  absWorkingDir: join(root, "static", "js"),
  entryPoints: [APP, ...ADDED].map((name) => `./${name}`),
  outdir,
  plugins: [appIsLoaded],
  bundle: true,
  format: "esm",
  // What is imported when it is needed becomes a file of its own, under its own name. Names don't say what is in a file:
  // Django's manifest adds that.
  splitting: true,
  chunkNames: "[name]",
  minify: true,
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  logLevel: "warning",
});
if (process.argv.includes("--watch")) await bundles.watch();
else {
  await bundles.rebuild();
  await bundles.dispose();
}
