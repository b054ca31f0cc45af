// Every module listens on the document: what htmx brings later is served as well.
import "./sheet.js";
import "./dial.js";
import "./log-sheet.js";
import "./walkin.js";
import "./closing.js";
import "./draft.js";
import "./toast.js";
import "./submit.js";
import "./copy.js";
import "./fill.js";
import "./search-panel.js";
import "./chosen.js";
