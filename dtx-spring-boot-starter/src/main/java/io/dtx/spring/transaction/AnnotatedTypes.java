package io.dtx.spring.transaction;

import java.lang.annotation.Annotation;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Method;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.springframework.aop.ClassFilter;
import org.springframework.core.annotation.AnnotatedElementUtils;

/**
 * Tells quickly of most classes of an application that no method of theirs can have an annotation: it stands nowhere in them,
 * their superclasses and interfaces. To ask Spring for each method of each bean would take a good part of an application's
 * start.
 */
final class AnnotatedTypes implements ClassFilter {

    private final Class<? extends Annotation> annotation;
    private final ConcurrentMap<Class<?>, Boolean> types = new ConcurrentHashMap<>();
    private final ConcurrentMap<Class<? extends Annotation>, Boolean> annotations = new ConcurrentHashMap<>();

    AnnotatedTypes(Class<? extends Annotation> annotation) {
        this.annotation = annotation;
    }

    @Override
    public boolean matches(Class<?> type) {
        Boolean known = types.get(type);
        if (known == null) {
            known = look(type);
            types.put(type, known);
        }
        return known;
    }

    private boolean look(Class<?> type) {
        if (type.getName().startsWith("java.")) {
            return false;
        }
        try {
            if (stands(type)) {
                return true;
            }
            for (Method method : type.getDeclaredMethods()) {
                if (stands(method)) {
                    return true;
                }
            }
        } catch (LinkageError | ArrayStoreException | TypeNotPresentException e) {
            return true; // something it names is not on the class path: Spring knows what to make of that
        }
        for (Class<?> implemented : type.getInterfaces()) {
            if (matches(implemented)) {
                return true;
            }
        }
        Class<?> superclass = type.getSuperclass();
        return superclass != null && matches(superclass);
    }

    private boolean stands(AnnotatedElement element) {
        for (Annotation present : element.getDeclaredAnnotations()) {
            if (annotations.computeIfAbsent(present.annotationType(), this::stands)) {
                return true;
            }
        }
        return false;
    }

    private boolean stands(Class<? extends Annotation> present) {
        return present == annotation || AnnotatedElementUtils.isAnnotated(present, annotation);
    }
}
