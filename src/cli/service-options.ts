/** @file Flags of the commands that use a service's data folder. */
import { Option } from '@commander-js/extra-typings';

export const dataDirOption = () =>
  new Option('--data-dir <dir>', 'its database, and the folders of its runs')
    .env('PLIMSOLL_DATA_DIR')
    .default('./plimsoll-data');
