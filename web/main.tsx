/** @file The dashboard's beginning. */
import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { makeClient } from './api/client.ts';
import { App } from './app.tsx';
import { applyTheme, savedTheme } from './look/theme.ts';
import './look/colours.css';
import './look/base.css';

applyTheme(savedTheme());
const root = document.querySelector('#app');
if (!root) throw new Error('internal: the page has no #app');
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={makeClient()}>
      <App />
    </QueryClientProvider>
  </StrictMode>,
);
