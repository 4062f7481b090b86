/** @file A button that asks before it acts. */
import { AlertDialog } from '@base-ui/react/alert-dialog';
import './dialog.css';

interface Props {
  readonly name: string;
  readonly question: string;
  readonly text: string;
  readonly disabled: boolean;
  readonly onConfirm: () => void;
}

export function Confirm({ name, question, text, disabled, onConfirm }: Props) {
  return (
    <AlertDialog.Root>
      <AlertDialog.Trigger className="danger" disabled={disabled}>
        {name}
      </AlertDialog.Trigger>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="backdrop" />
        <AlertDialog.Popup className="panel dialog">
          <AlertDialog.Title render={<h2 />}>{question}</AlertDialog.Title>
          <AlertDialog.Description>{text}</AlertDialog.Description>
          <div className="row dialog-end">
            <AlertDialog.Close>No, go back</AlertDialog.Close>
            <AlertDialog.Close className="danger" onClick={onConfirm}>
              Yes, {name.toLowerCase()} it
            </AlertDialog.Close>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
