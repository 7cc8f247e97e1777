package io.dtx.spring.transaction;

import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.support.AopUtils;
import org.springframework.core.MethodClassKey;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.util.ClassUtils;

/**
 * Which annotation holds for a method, found as Spring finds {@code @Transactional}: on the method, on the class that declares
 * it, then on the interface's method and on the interface; meta-annotations count. On a class it means the methods that Spring
 * means there, too: those that are not public as well, except private and static ones.
 *
 * @param <A> the annotation
 */
final class AnnotationSource<A extends Annotation> {

    private final Class<A> type;
    private final AnnotatedTypes types;
    private final ConcurrentMap<MethodClassKey, Optional<A>> found = new ConcurrentHashMap<>();

    AnnotationSource(Class<A> type) {
        this.type = type;
        this.types = new AnnotatedTypes(type);
    }

    /** The classes whose methods it may hold for. */
    AnnotatedTypes types() {
        return types;
    }

    @Nullable A of(Method method, Class<?> targetClass) {
        return found.computeIfAbsent(
                        new MethodClassKey(method, targetClass), key -> Optional.ofNullable(find(method, targetClass)))
                .orElse(null);
    }

    private @Nullable A find(Method method, Class<?> targetClass) {
        if (method.getDeclaringClass() == Object.class) {
            return null;
        }
        Class<?> userClass = ClassUtils.getUserClass(targetClass);
        Method specific = AopUtils.getMostSpecificMethod(method, userClass);
        A annotation = onMethodOrClass(specific);
        return annotation == null && !specific.equals(method) ? onMethodOrClass(method) : annotation;
    }

    private @Nullable A onMethodOrClass(Method method) {
        A onMethod = AnnotatedElementUtils.findMergedAnnotation(method, type);
        if (onMethod != null) {
            return onMethod;
        }
        int modifiers = method.getModifiers();
        return !Modifier.isPrivate(modifiers) && !Modifier.isStatic(modifiers) && ClassUtils.isUserLevelMethod(method)
                ? AnnotatedElementUtils.findMergedAnnotation(method.getDeclaringClass(), type)
                : null;
    }
}
