/** @file What is shown where a page fails by a mistake of its own, or its script is no longer there: the service was renewed. */
import { Component, type ReactNode } from 'react';
import { Failure } from './notes.tsx';

interface Props {
  readonly children: ReactNode;
}

// React has no other way than a class to catch what fails below (react.dev, Component).
export class Boundary extends Component<Props, { readonly error: Error | null }> {
  override state = { error: null };

  static getDerivedStateFromError(error: unknown) {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override render(): ReactNode {
    const { error } = this.state;
    return error ? <Failure error={error} /> : this.props.children;
  }
}
