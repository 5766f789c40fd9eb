document.addEventListener("htmx:before:request",({detail:{ctx:e}})=>{"refreshes"in e.sourceElement.dataset&&(e.request.action=e.sourceElement.getAttribute("hx-get"))});
