/** Where the page begins. */
import { render } from "preact";
import "./schemas-without-code.ts";
import { App } from "./app.tsx";
import "./style.css";
import "./sign-in.css";
import { applyTheme, storedTheme } from "./theme.ts";

applyTheme(storedTheme());
const place = document.getElementById("studio");
if (place !== null) render(<App />, place);
