/** Whether the page is dark now, for what is drawn on a canvas and has no style sheet. */
import { useEffect, useState } from "preact/hooks";

/** By the page's own choice or the system's. */
export function useDark(): boolean {
  const read = (): boolean => {
    const { theme } = document.documentElement.dataset;
    return theme === undefined ? matchMedia("(prefers-color-scheme: dark)").matches : theme === "dark";
  };
  const [dark, setDark] = useState(read);
  useEffect(() => {
    const changed = (): void => setDark(read());
    const media = matchMedia("(prefers-color-scheme: dark)");
    document.addEventListener("themechange", changed);
    media.addEventListener("change", changed);
    return () => {
      document.removeEventListener("themechange", changed);
      media.removeEventListener("change", changed);
    };
  }, []);
  return dark;
}
