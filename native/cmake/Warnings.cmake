# convnet_warnings(TARGET): every warning that helps, each an error.
function(convnet_warnings target)
    target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror)
endfunction()
