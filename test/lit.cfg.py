# The lit suite: test/ mirrors the directory it tests.
import os
import subprocess

import lit.formats
import lit.llvm
import lit.util
from lit.llvm import llvm_config

config.name = "sqa-mlir"
config.test_format = lit.formats.ShTest(not llvm_config.use_lit_shell)
config.suffixes = [".mlir", ".test"]
config.excludes = ["Inputs", "CMakeLists.txt", "unit", "lib"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = config.sqa_obj_root

llvm_config.with_system_environment(["HOME", "TMP", "TEMP"])
llvm_config.with_environment("PATH", config.sqa_tools_dir, append_path=True)
llvm_config.with_environment("PATH", config.llvm_tools_dir, append_path=True)
config.substitutions.append(("%python", f'"{config.python}"'))
config.substitutions.append(("%sqa_tools", config.sqa_tools_dir))
config.substitutions.append(("%sqa_bin", config.sqa_tools_dir))
config.substitutions.append(("%sqa_src", config.sqa_src_root))
config.substitutions.append(("%sqa_examples", os.path.join(config.sqa_src_root, "examples")))

# Instruction sets of this machine, for execution tests.
if os.path.exists("/proc/cpuinfo"):
    flags = next((l for l in open("/proc/cpuinfo") if l.startswith("flags")), "").split()
    for name in ("avx2", "fma", "f16c", "avx512f", "avx512_bf16", "amx_bf16"):
        if name in flags:
            config.available_features.add(name)

# Examples and fuzzing compare with NumPy.
if subprocess.run([config.python, "-c", "import numpy, safetensors"], capture_output=True).returncode == 0:
    config.available_features.add("numpy")

# NVIDIA's assembler turns PTX into machine code; users may have none.
if lit.util.which("ptxas", config.environment.get("PATH", "")):
    config.available_features.add("ptxas")
