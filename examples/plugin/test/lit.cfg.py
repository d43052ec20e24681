# The plugin's own lit suite: the installed sqa-opt with the plugin loaded.
import os

import lit.formats

config.name = "sqa-mlir plugin example"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir"]
config.test_source_root = os.path.dirname(__file__)
config.environment["PATH"] = os.pathsep.join(
    [config.sqa_tools_dir, config.llvm_tools_dir, os.environ.get("PATH", "")]
)
config.substitutions.append(("%plugin", config.plugin))
