import type { Output } from "./output.ts";
import { createSecrets, type SecretSources, type Secrets } from "./password.ts";
import { type DataPaths, dataPaths, defaultDataDirectory } from "./paths.ts";
import { loadSettings, type Settings, settingsSchema } from "./settings.ts";

/** Options that every command has, as commander hands them over. */
export type Globals = Readonly<Record<string, unknown>>;

/** What a command runs with. */
export interface Context {
  readonly paths: DataPaths;
  readonly settings: Settings;
  readonly secrets: Secrets;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** For services: aborted when the program is asked to end, which otherwise ends it at once. */
  stopSignal(): AbortSignal;
  /** Tells a person what is going on, on standard error. */
  progress(text: string): void;
}

/** Throws what `loadSettings` throws. */
export function createContext(
  globals: Globals,
  output: Output,
  surroundings: SecretSources & Pick<Context, "stopSignal">,
): Context {
  const { env, stopSignal } = surroundings;
  const directory = [globals.data, env.PLASMA_DATA].find((value) => typeof value === "string" && value !== "");
  const paths = dataPaths(typeof directory === "string" ? directory : defaultDataDirectory());
  const flags = Object.fromEntries(Object.keys(settingsSchema.shape).map((key) => [key, globals[key]]));
  const settings = loadSettings(paths, flags, env);
  const secrets = createSecrets(surroundings, {
    fromStdin: globals.passwordStdin === true,
    file: settings.passwordFile,
  });
  return { paths, settings, secrets, env, stopSignal, progress: output.progress };
}
