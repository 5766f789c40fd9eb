// Pages with a list of conversations, or of people who each have one: the drawer beside it, and how much is unread.
import "./lists/drawer.js";
import "./lists/unread.js";
