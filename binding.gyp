# The build is CMake (CMakeLists.txt), driven by cmake-js; this file only says so to tools that look for it.
{ "targets": [{ "target_name": "sslmem", "type": "none", "actions": [{ "action_name": "cmake", "inputs": ["CMakeLists.txt"], "outputs": ["build/Release/sslmem.node"], "action": ["npx", "cmake-js", "compile"] }] }] }
