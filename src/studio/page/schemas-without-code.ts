/** Loaded before any schema is made: they are read as they are, since the page's policy allows no code that is made while it runs. */
import { z } from "zod";

z.config({ jitless: true });
