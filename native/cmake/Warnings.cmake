# convnet_warnings(TARGET): every warning that helps, each an error. The code that nvcc makes for the host is not
# pedantic, so that -Wpedantic and -Wconversion are for C and C++ alone.
function(convnet_warnings target)
    target_compile_options(${target} PRIVATE
        $<$<COMPILE_LANGUAGE:C,CXX>:-Wall;-Wextra;-Wpedantic;-Wshadow;-Wconversion;-Werror>
        "$<$<COMPILE_LANGUAGE:CUDA>:-Xcompiler=-Wall,-Wextra,-Wshadow,-Werror;-Werror=all-warnings>")
endfunction()
