/** @file The door of server/: the service, from its settings to its close. Holds no model and no ONNX Runtime. */
export { type Service, startService } from './service.ts';
export type { AllowedCommand, ServiceSettings } from './settings.ts';
