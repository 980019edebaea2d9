/** What acts: opening clones, founding, importing, syncing. A library; nothing here needs a server. */
export { type CloneRequest, type CloneResult, cloneRepository } from './clone.js';
export {
  CLONE_SYMPTOMS,
  type DiagnoseRequest,
  type Diagnosis,
  diagnose,
  type Mended,
  type NotMended,
} from './doctor/index.js';
export { foldFilesError, importError, settingsError, transportError } from './errors.js';
export { foldDirectory, readFoldFiles, scaffoldFold } from './fold-files.js';
export { type InitRequest, type InitResult, type InitStep, initRepository } from './founding.js';
export {
  type CheckRequest,
  checkRange,
  type DoorRequest,
  doorError,
  FLOOD_BOUNDS,
  type FloodBounds,
  type FoundHook,
  type GateKeyStatus,
  type GateResult,
  gateAuthor,
  gateServiceError,
  type HooksRequest,
  hookError,
  type InstalledHook,
  type InstallHooksRequest,
  type InstallHooksResult,
  inspectHooks,
  installHooks,
  type PrePushRequest,
  type PreReceiveRequest,
  type Program,
  prePush,
  preReceive,
  type ServedGate,
  type ServeGateRequest,
  type Side,
  serveGate,
  type UninstalledHook,
  uninstallHooks,
} from './gate/index.js';
export {
  type GitHistory,
  type HistoryRequest,
  type ImportFormat,
  type ImportRequest,
  type ImportResult,
  importRows,
  openGitHistory,
  openRejectFile,
  type RejectedRow,
  type RejectFile,
} from './import/index.js';
export {
  checkSetting,
  isSettingName,
  keptKey,
  readSettings,
  repositorySettingsPath,
  SETTING_MEANING,
  SETTING_NAMES,
  type SettingName,
  type Settings,
  userSettingsPath,
  writeSettings,
} from './settings.js';
export {
  type Movement,
  type ReEmission,
  type Refused,
  type RolledBack,
  type SyncRequest,
  type SyncResult,
  syncWith,
} from './sync/index.js';
export { openWorkspace, type Workspace, type WorkspaceOptions } from './workspace.js';
