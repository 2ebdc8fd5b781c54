// SPDX-License-Identifier: MIT
// Completion: a table from commands to words in a shell function, made from the definition.
#include "tools/reference/reference.hpp"
#include "tools/support/format.hpp"

namespace tools::reference {
namespace {

/// "--a --b" and so on; with `only_with_value` those that take a value.
std::string option_names(const Command& command, bool only_with_value) {
    std::string text;
    for (const Option& option : command.options)
        for (const std::string& name : option.names)
            // An optional value cannot be told from the next word.
            if (!only_with_value || (!option.value.empty() && !option.value.starts_with('[')))
                text += (text.empty() ? "" : " ") + name;
    return text;
}

bool wants_guest(const Command& command) {
    for (const Option& option : command.options)
        if (option.names.empty() && option.value == "GUEST") return true;
    return false;
}

std::string words_of(const Command& command, const std::string& guests) {
    std::string text;
    for (const Command& inner : command.commands) text += (text.empty() ? "" : " ") + inner.name;
    if (wants_guest(command)) text += (text.empty() ? "" : " ") + guests;
    return text;
}

/// One line of the table for a command and those below it.
std::string table(const Command& command, const std::string& path, const std::string& guests) {
    std::string text =
        formatted("        '{}') words='{}' options='{}' valued='{}' ;;\n", path, words_of(command, guests),
                  option_names(command, false), option_names(command, true));
    for (const Command& inner : command.commands)
        text += table(inner, path.empty() ? inner.name : path + " " + inner.name, guests);
    return text;
}

std::string paths(const Command& command, const std::string& path) {
    std::string text;
    for (const Command& inner : command.commands) {
        const std::string here = path.empty() ? inner.name : path + " " + inner.name;
        text += "|'" + here + "'" + paths(inner, here);
    }
    return text;
}

}  // namespace

std::string bash_completion(const Command& program, const std::vector<std::string>& guests) {
    std::string guest_words;
    for (const std::string& guest : guests) guest_words += (guest_words.empty() ? "" : " ") + guest;
    return formatted(R"(# Completion of adyton, for bash: source <(./adyton completion bash)
_adyton_table() {{
    case $1 in
{}        *) words= options= valued= ;;
    esac
}}
_adyton() {{
    local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD - 1]}}
    local path= word words options valued i
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${{path:+$path }}${{COMP_WORDS[i]}}
        case $word in {}) path=$word ;; esac
    done
    _adyton_table "$path"
    COMPREPLY=()
    # The value of an option: a file, which is what -o default offers.
    case " $valued " in *" $previous "*) return ;; esac
    case $current in
        -*) COMPREPLY=($(compgen -W "$options" -- "$current")) ;;
        *) COMPREPLY=($(compgen -W "$words" -- "$current")) ;;
    esac
}}
complete -o default -F _adyton adyton ./adyton
)",
                     table(program, "", guest_words), paths(program, "").substr(1));
}

std::string zsh_completion(const Command& program, const std::vector<std::string>& guests) {
    return "autoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit\n" +
           bash_completion(program, guests);
}

}  // namespace tools::reference
