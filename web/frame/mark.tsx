/** @file The Plimsoll mark: a ship's load line, with the water up to it. */

export function Mark({ size = 26 }: { readonly size?: number }) {
  return (
    <svg className="mark" viewBox="0 0 64 64" width={size} height={size} aria-hidden="true">
      <path d="M14 32a18 18 0 0 0 36 0z" fill="var(--water)" />
      <circle cx="32" cy="32" r="19" fill="none" stroke="currentColor" strokeWidth="6" />
      <path d="M2 32h60" stroke="var(--line)" strokeWidth="6" />
    </svg>
  );
}
