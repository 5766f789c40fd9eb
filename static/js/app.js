// Everything that the page of somebody who is signed in needs of us: each module does one job and starts itself.
import "./csrf.js";
import "./cursors.js";
import "./stream.js";
import "./status.js";
import "./messages.js";
import "./jump.js";
import "./composer.js";
import "./outbox.js";
import "./reading.js";
import "./presence.js";
import "./typing.js";
import "./mentions.js";
import "./reactions.js";
import "./finding.js";
import "./tools.js";
import "./keys.js";
import "./pins.js";
import "./undo.js";
import "./announce.js";
import "./toasts.js";
import "./bell.js";
import "./focus.js";
import "./problems.js";
import "./files.js";
import "./lightbox.js";
import "./menus.js";
import "./zone.js";

// What the scripts of single pages share with it.
export { DEVICE, isElsewhere, name } from "./zone.js";
