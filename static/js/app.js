// Everything that the page of somebody who is signed in needs of us: each module does one job and starts itself.
import { begin } from "./thread/lifecycle.js";
import "./csrf.js";
import "./forms.js";
import "./asking.js";
import "./thread/cursors.js";
import "./live/stream.js";
import "./live/status.js";
import "./thread/messages.js";
import "./thread/jump.js";
import "./thread/composer.js";
import "./thread/audience.js";
import "./thread/outbox.js";
import "./thread/reading.js";
import "./thread/presence.js";
import "./thread/typing.js";
import "./thread/mentions.js";
import "./thread/reactions.js";
import "./thread/finding.js";
import "./thread/tools.js";
import "./thread/keys.js";
import "./thread/pins.js";
import "./thread/undo.js";
import "./thread/announce.js";
import "./live/regions.js";
import "./live/toasts.js";
import "./live/bell.js";
import "./lists/focus.js";
import "./live/problems.js";
import "./thread/files.js";
import "./thread/lightbox.js";
import "./menus.js";
import "./tabs.js";
import "./account/sign_out.js";
import "./account/zone.js";
import "./support/resume.js";

// What the scripts of single pages share with it.
export { DEVICE, isElsewhere, name } from "./account/zone.js";
export { act } from "./thread/deeds.js";
export { goTo } from "./thread/jump.js";
export { look, register } from "./thread/lifecycle.js";
export { keyOf } from "./thread/order.js";
export { say } from "./csrf.js";
export { refusalOf, sizeOf } from "./sizes.js";

begin();
