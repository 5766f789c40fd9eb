// Everything that a page needs of us: each module does one job and starts itself.
import "./csrf.js";
import "./cursors.js";
import "./stream.js";
import "./status.js";
import "./messages.js";
import "./jump.js";
import "./composer.js";
import "./outbox.js";
import "./mentions.js";
import "./reactions.js";
import "./drawer.js";
import "./toasts.js";
import "./focus.js";
import "./problems.js";
import "./files.js";
import "./lightbox.js";
