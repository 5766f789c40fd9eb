document.addEventListener("pointerover",({target:e})=>{let t=e.closest?.(".progress-grid tbody td:nth-child(n + 4):not(:empty)");t&&(t.title=t.className?t.textContent:`Done ${t.textContent}`)});
