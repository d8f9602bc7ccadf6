/** Lock files of `ms`, of which the older version is not what a range would give today. */
const INTEGRITY: Record<string, string> = {
  "2.1.2": "sha512-sGkPx+VjMtmA6MX27oA4FBFELFCZZ4S4XqeGOXCv68tT+jb3vk/RyaKWP0PTKyWtmLSM0b+adUTEvbs1PEaH2w==",
  "2.1.3": "sha512-6FlzubTLZG3J2a/NVCAleEhjzq5oxgHyaCU9yYXvcLsvoVaHJq/s5xXI6/XXP6tz7R9xAOtHnSO/tXtF3WRTlA==",
};

/** Says that a range means this version. */
export function lockOfMs(version: string, range = "npm:ms@2", integrity = INTEGRITY[version]): object {
  return {
    version: "5",
    specifiers: { [range]: version },
    npm: { [`ms@${version}`]: { integrity } },
    workspace: { dependencies: [range] },
  };
}

/** The same, of a project that has a package.json alone. */
export function packageLockOfMs(version: string, range = "npm:ms@2"): object {
  return { ...lockOfMs(version, range), workspace: { packageJson: { dependencies: [range] } } };
}
