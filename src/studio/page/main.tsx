/** Where the page begins. */
import { render } from "preact";
import { z } from "zod";
import { App } from "./app.tsx";
import "./style.css";
import { applyTheme, storedTheme } from "./theme.ts";

// Schemas are read as they are: the page's policy allows no code that is made while it runs.
z.config({ jitless: true });
applyTheme(storedTheme());
const place = document.getElementById("studio");
if (place !== null) render(<App />, place);
