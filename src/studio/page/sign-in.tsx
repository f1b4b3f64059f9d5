/** What stands in place of the studio while a service asks for a key: what is asked for, where one comes from, and why the one that was given does not open. */
import { useEffect, useRef, useState } from "preact/hooks";
import { type Access, signIn } from "./access.ts";
import { Mark } from "./brand.tsx";

const keyPattern = /^lw_[0-9a-f]{16}_[A-Za-z0-9_-]{43}$/;

/** What can be said of a key without asking the service. */
function faultOf(key: string): string | undefined {
  if (key === "") return "Paste a key first.";
  if (keyPattern.test(key)) return undefined;
  return "This does not look like a key of Latticework: one begins with lw_ and has 63 characters.";
}

export function SignIn({ asked }: { readonly asked: Access["asked"] }) {
  const [key, setKey] = useState("");
  const [shown, setShown] = useState(false);
  const [waiting, setWaiting] = useState(false);
  const [trouble, setTrouble] = useState("");
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    document.title = "Sign in · Latticework studio";
    field.current?.focus();
  }, []);

  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (waiting) return;
    const given = key.trim();
    const fault = faultOf(given);
    setWaiting(fault === undefined);
    const told = fault ?? (await signIn(given));
    setWaiting(false);
    setTrouble(told ?? "");
    if (told !== undefined) field.current?.focus();
  };
  return (
    <div class="sign-in">
      <div class="sign-in-card">
        <Mark size={40} />
        <h1>Sign in to the studio</h1>
        <p class="soft">
          Look at what this service’s model has understood of its catalogue. A key that may read opens it.
        </p>
        {asked === "ended" && trouble === "" && (
          <p class="notice" role="status">
            Your key is no longer valid: it has expired or was revoked. Sign in with another one.
          </p>
        )}
        <form onSubmit={submit} noValidate>
          <label class="field" for="key">
            <span>Access key</span>
          </label>
          <div class="key-field">
            <input
              ref={field}
              id="key"
              name="key"
              {...(shown ? ({ type: "text" } as const) : ({ type: "password" } as const))}
              placeholder="lw_…"
              autocomplete="current-password"
              autocapitalize="off"
              spellcheck={false}
              value={key}
              aria-invalid={trouble !== ""}
              aria-describedby={trouble === "" ? undefined : "key-trouble"}
              onInput={(event) => {
                setKey(event.currentTarget.value);
                setTrouble("");
              }}
            />
            <button
              type="button"
              class="text-button"
              aria-pressed={shown}
              aria-label={shown ? "Hide the key" : "Show the key"}
              onClick={() => setShown(!shown)}
            >
              {shown ? "Hide" : "Show"}
            </button>
          </div>
          <p id="key-trouble" class="key-trouble" role="alert">
            {trouble}
          </p>
          <button type="submit" class="button strong" aria-busy={waiting}>
            {waiting ? "Looking at the key…" : "Sign in"}
          </button>
        </form>
        <details>
          <summary>Where do I get a key?</summary>
          <p>Who runs the service makes one, on the machine with its store:</p>
          <pre>
            <code>latticework key create --scope read --store …</code>
          </pre>
          <p>With scope admin, users are listed too.</p>
        </details>
        <p class="soft small">The key stays in this tab, and is forgotten when you close it.</p>
      </div>
    </div>
  );
}
