/** A component that is loaded when it is first needed, or before (preload): once it is here it renders in the same tick.
 *  The outcome sheet needs that: it is rendered at the tap, behind the dialler. */
import type { Component } from "svelte";

type Loader<P extends Record<string, any>> = () => Promise<{ default: Component<P> }>;

export class Lazy<P extends Record<string, any> = Record<string, never>> {
  #component = $state.raw<Component<P> | null>(null);
  #loading: Promise<void> | null = null;
  readonly #load: Loader<P>;

  constructor(load: Loader<P>) {
    this.#load = load;
  }

  /** Starts loading when it has not begun. After a failure (offline, no cached file) the next call tries again. */
  preload(): Promise<void> {
    this.#loading ??= this.#load().then(
      (module) => void (this.#component = module.default),
      () => void (this.#loading = null),
    );
    return this.#loading;
  }

  /** The component, or null while it is on its way. */
  get now(): Component<P> | null {
    return this.#component;
  }
}
