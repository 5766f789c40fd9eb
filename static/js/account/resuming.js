// Sends what waited until its sender had confirmed that it's them. Before the page has loaded, so that it leaves no entry in
// the history that would send it once more.
document.querySelector("[data-resume]")?.requestSubmit();
