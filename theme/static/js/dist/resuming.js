document.querySelector("[data-resume]")?.requestSubmit();
