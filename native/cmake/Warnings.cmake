option(CONVNET_WERROR "Warnings are errors; OFF for compilers that are newer than those of CI" ON)

# convnet_warnings(TARGET): every warning that helps, each an error. The code that nvcc makes for the host is not
# pedantic, so that -Wpedantic and -Wconversion are for C and C++ alone.
function(convnet_warnings target)
    if(NOT CONVNET_WERROR)
        return()
    endif()
    target_compile_options(${target} PRIVATE
        $<$<COMPILE_LANGUAGE:C,CXX>:-Wall;-Wextra;-Wpedantic;-Wshadow;-Wconversion;-Werror>
        "$<$<COMPILE_LANGUAGE:CUDA>:-Xcompiler=-Wall,-Wextra,-Wshadow,-Werror;-Werror=all-warnings>")
endfunction()
