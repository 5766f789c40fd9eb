// On a phone the tab of this page may lie beyond the edge of the row.
document.querySelector(".course-tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
