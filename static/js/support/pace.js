// What comes often, passed on at most once in so many milliseconds: the first at once, the others together when that time is
// over. None is left out.
export function paced(ms, pass) {
  let last = -Infinity;
  let timer;
  return () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      last = Date.now();
      pass();
    }, Math.max(0, last + ms - Date.now()));
  };
}
